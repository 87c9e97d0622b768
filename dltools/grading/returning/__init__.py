"""From the gradebook back to the platform: staff's own file filled in, feedback under the platform's names."""
