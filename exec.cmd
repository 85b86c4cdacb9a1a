@rem "npm start" is "exec node ...", so that on Unix the shell gives way to Node and npm's signals reach the server.
@rem Windows knows no exec and needs none: there this file is what npm finds under that name.
@%*
