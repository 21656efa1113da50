"""What a site and headquarters say to each other, as values: one module for each kind of talk.

Every number and name has its bounds here, so that both sides refuse the same things when they decode.
"""
