-- Which event said last how an account is: one that comes late undoes nothing newer.
ALTER TABLE account ADD COLUMN state_said TEXT NOT NULL DEFAULT '';
