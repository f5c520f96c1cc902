"""The worked example of docs/howto/worked-example.md: an agency with three clients, and a year of money."""
