package dev.panictrail.peer;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Two stages on Kafka Streams, exactly once. Arguments: bootstrap, application id, state folder, commit interval in
 * milliseconds; topics are APP-in, APP-mid, APP-out. Prints "ready" when it runs and "stopped" after a SIGTERM; exit
 * code 0 then, 1 when it failed.
 */
public final class Peer {
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

    private Peer() {}

    public static void main(String[] args) {
        if (args.length != 4) {
            System.err.println("want: BOOTSTRAP APP STATE-FOLDER COMMIT-MS");
            System.exit(2);
        }
        KafkaStreams streams = new KafkaStreams(topology(args[1]), settings(args));
        AtomicBoolean failed = new AtomicBoolean();
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            failed.set(true);
            new Thread(() -> System.exit(1)).start();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                System.out.println("ready");
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            boolean closed = streams.close(CLOSE_LIMIT);
            System.out.println("stopped");
            // A JVM ended by a signal exits with 143, however orderly it was.
            Runtime.getRuntime().halt(closed && !failed.get() ? 0 : 1);
        }));
        streams.start();
    }

    /** Scatter: re-key by "key". Count: what was not seen before goes out. */
    private static Topology topology(String app) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(store(Stores.persistentKeyValueStore(Count.SUMS), Serdes.Long()));
        builder.addStateStore(store(Stores.persistentKeyValueStore(Count.SEEN), Serdes.ByteArray()));
        builder.stream(app + "-in", Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .selectKey((none, json) -> Event.read(json).key())
                .to(app + "-mid", Produced.with(Serdes.String(), Serdes.ByteArray()));
        builder.stream(app + "-mid", Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .process(Count::new, Count.SUMS, Count.SEEN)
                .to(app + "-out", Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        return builder.build();
    }

    /** With a cache, so that a row changed many times between two commits is written to RocksDB and changelog once. */
    private static <V> StoreBuilder<?> store(
            KeyValueBytesStoreSupplier supplier, org.apache.kafka.common.serialization.Serde<V> value) {
        return Stores.keyValueStoreBuilder(supplier, Serdes.String(), value).withCachingEnabled();
    }

    private static Properties settings(String[] args) {
        Properties p = new Properties();
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
        p.put(StreamsConfig.STATE_DIR_CONFIG, args[2]);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[3]);
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "1"); // it has one core
        p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return p;
    }
}
