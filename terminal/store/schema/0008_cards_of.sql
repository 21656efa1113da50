-- Cards by whose they are: who comes by phone is shown what their card is for, coupons that end are listed with a card
-- each, and a merge moves all of them. Without it each of those read every card of the shop.
CREATE INDEX cards_of ON cards (wallet);
