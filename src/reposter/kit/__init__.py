"""Foundation that any product could stand on: clock, database, errors, crypto, http, logging, processes."""
