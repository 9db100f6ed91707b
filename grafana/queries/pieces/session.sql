{{tenant}} AND session_id = {{one session}} AND session_id != ''
