"""The desk: what a flow may do, done with kiosk, devices and ledger."""
