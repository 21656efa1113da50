"""The way to headquarters: what is booked arrives there exactly once."""
