FROM debian:bookworm-slim
COPY --from=panicwatch /panicwatch /usr/local/bin/panicwatch
COPY shop /usr/local/bin/shop
RUN useradd --uid 10001 shop && install -d -m 0700 -o shop /var/spool/panicwatch
ENV PANICWATCH_SPOOL=/var/spool/panicwatch
VOLUME /var/spool/panicwatch
USER shop
ENTRYPOINT ["panicwatch", "--", "shop"]
