-- One stream's readings ask for that stream; `stream_id IN (SELECT ...)` read all streams each time.
ALTER POLICY observation_seen ON fangma.observation USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
ALTER POLICY newest_observation_seen ON fangma.newest_observation USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
ALTER POLICY rollup_seen ON fangma.rollup USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
ALTER POLICY forecast_seen ON fangma.forecast USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
