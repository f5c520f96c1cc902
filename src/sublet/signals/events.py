"""What can happen in `signals`. A fact that is told is none of it: facts have a table of their own."""
