SELECT s.id, s.n, s.external_id, s.title, s.component, s.task_type, s.locale, s.segment, s.response_count,
       s.models,
       (SELECT x.state FROM annotation_head x WHERE x.sample = s.n AND x.member = :me),
       EXISTS (SELECT 1 FROM todo x WHERE x.sample = s.n AND x.member = :me),
       EXISTS (SELECT 1 FROM draft x WHERE x.sample = s.n AND x.member = :me)
