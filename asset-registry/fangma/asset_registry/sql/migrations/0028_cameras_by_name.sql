-- What is called a camera: few among millions of names, see `cameras`.
CREATE INDEX state_camera ON fangma.state (entry_id)
 WHERE predefined_type = 'CAMERA' OR name ~* '摄像|监控探头|监控球机|camera|cctv';
