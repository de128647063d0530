// Databases and brokers in clear: what each side says first.
//
// PostgreSQL (postgresql.org/docs, "Message Flow" and "Message Formats"), Redis (redis.io, "RESP
// protocol specification"), AMQP 0-9-1, 0-10 and 1.0 (OASIS 1.0 part 2 §2.2). What is found here
// has not gone over to TLS: a PostgreSQL startup message in clear, an AMQP header that names no TLS
// layer. Pure; read the head alone.
#pragma once

#include "classify/plaintext/head.h"

namespace unopened::classify::plaintext {

Fit PostgresqlStartup(const Head& head);  // also behind a refused request for encryption
Fit PostgresqlAnswer(const Head& head);
Fit RedisCommand(const Head& head);
Fit RedisReply(const Head& head);
Fit AmqpHeader(const Head& head);
Fit AmqpAnswer(const Head& head);

}  // namespace unopened::classify::plaintext
