# panicwatch is static, so musl does not matter. It takes the place of tini: do not use both.
FROM alpine:3.22
COPY --from=panicwatch /panicwatch /usr/local/bin/panicwatch
COPY shop start.sh /app/
RUN adduser -D -u 10001 shop && mkdir -p -m 0700 /var/spool/panicwatch && chown shop /var/spool/panicwatch
ENV PANICWATCH_SPOOL=/var/spool/panicwatch
VOLUME /var/spool/panicwatch
USER shop
# A shell script that starts the Go program is fine: SIGQUIT, SIGABRT and SIGTERM reach the program, not the shell.
ENTRYPOINT ["panicwatch", "--", "/app/start.sh"]
