"""What runs inside the virtual machine: devices that its kernel makes, and the product's drivers on them."""
