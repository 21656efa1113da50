-- What a count card was sold as, as its site spelt it: it goes with the lot wherever it goes. Nobody here reads it.
ALTER TABLE lot_terms ADD COLUMN sold text NOT NULL DEFAULT '';
