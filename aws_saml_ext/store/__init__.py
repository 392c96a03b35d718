"""The stores: where a profile's credentials live."""
