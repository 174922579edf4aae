-- Few facts begin or end; whoever asks when the next one does should not read all the others.
CREATE INDEX state_bounded ON fangma.state (entry_id)
 WHERE NOT (lower_inf(valid) AND upper_inf(valid));
CREATE INDEX shape_bounded ON fangma.shape (entry_id)
 WHERE NOT (lower_inf(valid) AND upper_inf(valid));
