"""What a package is for, by the words of its import path: a table from words to fault domains.

In: an import path. Out: a domain, None where no word says one. The last element that has such a word counts; the host
and, on a forge, the owner say nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from streams.model.report import Domain


class PackageRule(msgspec.Struct, frozen=True):
    """Words of an import path that say what a package is for, and why they do."""

    domain: Domain
    words: frozenset[str]
    why: str


def _rule(domain: Domain, words: str, why: str) -> PackageRule:
    return PackageRule(domain, frozenset(words.split()), why)


# A word is what stands between / . - and _ of a path: go-redis has `redis`, pgx/v5 has `pgx`. Words that people give to
# packages of any kind (api, client, core, handler, server, service, store, transport) are left out on purpose.
PACKAGE_RULES: Final[tuple[PackageRule, ...]] = (
    _rule(
        "auth",
        """auth authn authz authentication authorization auth0 oauth oauth1 oauth2 oidc openid jwt jwts jwk
        jwks jws jwe jose paseto saml sso ldap rbac acl casbin keycloak okta cognito kerberos krb5 gokrb5 login
        sessions permissions totp otp webauthn passkeys bcrypt csrf nosurf authboss""",
        "it says who somebody is or what they may do",
    ),
    _rule(
        "database",
        """database databases db dbs dao sql pq postgres postgresql pgx pgxpool pgconn pgproto3 puddle mysql mariadb
        sqlite sqlite3 mssql mssqldb sqlserver godror clickhouse cockroach cockroachdb gorm sqlx sqlc ent entgo entsql
        xorm mongo mongodb mgo gocql cassandra scylla gocqlx neo4j dynamodb
        bbolt boltdb bolt badger leveldb goleveldb pebble rocksdb influxdb tidb vitess elasticsearch opensearch""",
        "it talks to a database or is one",
    ),
    _rule(
        "cache",
        """cache caches caching gocache redis redigo rueidis miniredis valkey memcache memcached gomemcache ristretto
        bigcache freecache groupcache lru""",
        "it keeps what can be made again",
    ),
    _rule(
        "queue",
        """queue queues kafka sarama kgo confluent nats jetstream amqp amqp091 rabbitmq nsq pulsar pubsub sqs
        sns kinesis mqtt paho asynq machinery watermill gocloud stomp""",
        "it takes messages to or from others",
    ),
    _rule(
        "rpc",
        """grpc rpc jsonrpc drpc twirp connectrpc thrift kitex rpcx protobuf protoreflect protogen""",
        "it calls or answers a remote procedure",
    ),
    _rule(
        "http",
        """http http2 https fasthttp resty gin echo chi fiber gorilla mux httprouter httpx websocket websockets
        graphql gqlgen webhook webhooks""",
        "it speaks HTTP",
    ),
    _rule("template", "template templates templ tmpl pongo2 quicktemplate mustache", "it fills in templates"),
    _rule(
        "encoding",
        """json jsoniter easyjson gjson sjson yaml toml xml csv codec codecs encoding encoder decoder msgpack
        cbor avro parquet serializer mapstructure""",
        "it turns values into bytes or back",
    ),
    _rule("config", "config configs configuration conf cfg settings viper koanf envconfig env godotenv pflag cleanenv",
          "it reads how the program is set up"),
    _rule(
        "observability",
        """opentelemetry otel prometheus metrics tracing telemetry sentry datadog ddtrace statsd newrelic jaeger zipkin
        zap logrus zerolog glog klog logr""",
        "it reports what the program does",
    ),
    _rule("filesystem", "fs afero fsnotify fsutil filesystem filelock flock", "it reads or writes files"),
    _rule("transport", "tls mtls x509 certs autocert certmagic lego quic spiffe", "it encrypts connections"),
    _rule("network", "net dns resolver dialer netlink socks5 proxyproto yamux smux", "it makes connections"),
)  # fmt: skip

_DOMAIN_OF: Final[dict[str, Domain]] = {
    word: rule.domain for rule in PACKAGE_RULES for word in rule.words
}
_FORGES: Final = frozenset(("github.com", "gitlab.com", "bitbucket.org", "codeberg.org"))
# The linker escapes dots of a path's last element.
_BETWEEN: Final = re.compile(r"[._-]|%2[eE]")
_MOST_CHARS: Final = 1024


@lru_cache(maxsize=65536)
def package_domain(package: str) -> Domain | None:
    """The domain that the words of an import path say."""
    elements = package[:_MOST_CHARS].lower().split("/")
    if "." in elements[0]:
        del elements[: 2 if elements[0] in _FORGES and len(elements) > 2 else 1]  # noqa: PLR2004 - host and owner
    for element in reversed(elements):
        for word in (element, *_BETWEEN.split(element)):
            domain = _DOMAIN_OF.get(word)
            if domain is not None:
                return domain
    return None
