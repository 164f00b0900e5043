# FROM scratch: nothing but two static binaries. There is no shell, so ENTRYPOINT is written as a list.
FROM golang:1.26 AS build
COPY . /src
RUN cd /src && CGO_ENABLED=0 go build -o /shop .
FROM scratch
COPY --from=panicwatch /panicwatch /panicwatch
COPY --from=build /shop /shop
ENV PANICWATCH_SPOOL=/spool
USER 10001
ENTRYPOINT ["/panicwatch", "--", "/shop"]
# /spool has to be a volume that user 10001 may write to: scratch has no folder that it could make one in.
