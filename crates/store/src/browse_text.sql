(s.external_id LIKE :text ESCAPE '\' OR EXISTS (
  SELECT 1 FROM json_tree(s.body) j
  WHERE j.type = 'text' AND j.key IN ('content', 'text') AND j.value LIKE :text ESCAPE '\'))
