"""What the shop knows: values and rules, nothing that touches the world."""
