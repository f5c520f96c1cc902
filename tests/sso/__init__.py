"""Single sign-on against servers and libraries that we did not write, each in front of or beside a real installation."""
