-- What a card is for, by the merchant's name, as the site that gave it out said; empty: none was given.
ALTER TABLE keys ADD COLUMN kind text NOT NULL DEFAULT '';
