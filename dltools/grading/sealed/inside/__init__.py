"""All that runs in the student's process, where its code can rewrite it: nothing here is trusted, nothing secret."""
