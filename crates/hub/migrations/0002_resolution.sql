-- The final word on a sample is looked up by the sample, when somebody asks what others did on it.
CREATE INDEX fact_resolution ON fact(p, sample, seq) WHERE kind = 'resolution';
