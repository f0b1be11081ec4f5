-- Samples on which the one who is here was shown what others did.
CREATE TABLE shown (
  sample INTEGER PRIMARY KEY REFERENCES sample(n) ON DELETE CASCADE
) STRICT;
