package dev.panictrail.peer;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One event as the feeder writes it: {"id","key","t","ts"}; t is event time in seconds, ts when it was fed. */
record Event(
        @JsonProperty("id") String id,
        @JsonProperty("key") String key,
        @JsonProperty("t") long t,
        @JsonProperty("ts") double ts) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER = JSON.readerFor(Event.class);
    private static final ObjectWriter WRITER = JSON.writerFor(Object[].class);

    static Event read(byte[] json) {
        try {
            return READER.readValue(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What goes out for an event that was not seen before: [id,key,ts]. */
    byte[] fresh() {
        try {
            return WRITER.writeValueAsBytes(new Object[] {id, key, ts});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
