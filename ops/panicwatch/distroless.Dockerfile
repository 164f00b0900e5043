FROM golang:1.26 AS build
COPY . /src
RUN cd /src && CGO_ENABLED=0 go build -o /shop . && mkdir -m 0700 /spool
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=panicwatch /panicwatch /panicwatch
COPY --from=build /shop /shop
# The folder belongs to the user that the program runs as; a volume that is mounted there takes this over (Docker).
COPY --from=build --chown=nonroot:nonroot /spool /spool
ENV PANICWATCH_SPOOL=/spool
VOLUME /spool
ENTRYPOINT ["/panicwatch", "--", "/shop"]
