"""An original becomes something worth posting: files in, files and a report out, no database."""
