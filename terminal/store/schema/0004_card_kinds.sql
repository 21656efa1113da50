-- What a card is for, by the shop's name; empty: none was given.
ALTER TABLE cards ADD COLUMN kind TEXT NOT NULL DEFAULT '';
