package dev.panictrail.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts distinct ids per key; ids are remembered per key and ten seconds of event time. */
final class Count extends ContextualProcessor<String, byte[], byte[], byte[]> {
    static final String SUMS = "sums";
    static final String SEEN = "seen";
    private static final long BUCKET_SECONDS = 10;

    private KeyValueStore<String, Long> sums;
    private KeyValueStore<String, byte[]> seen;

    @Override
    public void init(org.apache.kafka.streams.processor.api.ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        sums = context.getStateStore(SUMS);
        seen = context.getStateStore(SEEN);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        Event event = Event.read(record.value());
        String bucket = event.key() + ":" + event.t() / BUCKET_SECONDS;
        byte[] id = event.id().getBytes(UTF_8);
        byte[] ids = seen.get(bucket);
        if (ids == null) {
            ids = Ids.NONE;
        } else if (Ids.has(ids, id)) {
            return;
        }
        seen.put(bucket, Ids.with(ids, id));
        Long sum = sums.get(event.key());
        sums.put(event.key(), sum == null ? 1 : sum + 1);
        context().forward(record.withKey((byte[]) null).withValue(event.fresh()));
    }
}
