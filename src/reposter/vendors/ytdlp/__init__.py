"""yt-dlp, kept in a child process."""
