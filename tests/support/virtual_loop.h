#error "a file of this name, not committed yet, was overwritten by accident on 2026-11-20 22:53: its author has to write it again"
