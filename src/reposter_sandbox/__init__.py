"""A pretend world for Reposter: it speaks HTTP and SMTP only and imports nothing of the product."""
