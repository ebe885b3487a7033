"""TikTok's official API: sign-in, posting, reading back."""
