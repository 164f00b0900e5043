package dev.panictrail.peer;

import java.util.Arrays;

/** A set of ids as the bytes of one row: each id after its length in two bytes. Nothing is decoded to look one up. */
final class Ids {
    static final byte[] NONE = new byte[0];

    private Ids() {}

    static boolean has(byte[] ids, byte[] id) {
        for (int at = 0; at < ids.length; ) {
            int length = (ids[at] & 0xff) << 8 | ids[at + 1] & 0xff;
            at += 2;
            if (length == id.length && Arrays.equals(ids, at, at + length, id, 0, length)) {
                return true;
            }
            at += length;
        }
        return false;
    }

    static byte[] with(byte[] ids, byte[] id) {
        byte[] more = Arrays.copyOf(ids, ids.length + 2 + id.length);
        more[ids.length] = (byte) (id.length >> 8);
        more[ids.length + 1] = (byte) id.length;
        System.arraycopy(id, 0, more, ids.length + 2, id.length);
        return more;
    }
}
