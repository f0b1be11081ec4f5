-- What an annotator may not see and was not told again: others' work and final words.
DELETE FROM resolution WHERE seq < 0 AND author <> (SELECT me FROM local);
DELETE FROM annotation WHERE seq < 0 AND author <> (SELECT me FROM local) AND member <> (SELECT me FROM local);
