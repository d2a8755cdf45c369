using System.Buffers;
using System.Security.Cryptography;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Wire;

/// <summary>Bytes and messages of Bitswap 1.2. Reading counts before it builds, never throws, and computes every CID from the block itself.</summary>
/// <remarks>Spec: wire digest, section 16.</remarks>
internal static class BitswapCodec
{
    private const int WantlistField = 1;
    private const int RawBlockField = 2;
    private const int BlockField = 3;
    private const int PresenceField = 4;

    /// <summary>Reads one message.</summary>
    /// <param name="source">The whole message; block data keeps slices of it.</param>
    /// <param name="options">Limits.</param>
    /// <param name="message">The message.</param>
    public static BitswapRefusal TryRead(ReadOnlyMemory<byte> source, BitswapOptions options, out BitswapMessage? message)
    {
        message = null;
        if (source.Length > options.MessageBytesMax)
        {
            return BitswapRefusal.MessageTooLong;
        }

        BitswapRefusal counted = Count(source.Span, options);
        if (counted != BitswapRefusal.None)
        {
            return counted;
        }

        BitswapMessage result = new();
        ProtoReader reader = new(source.Span);
        while (reader.TryReadField())
        {
            BitswapRefusal refusal = reader.Field switch
            {
                WantlistField when reader.IsBytes(WantlistField) => ReadWantlist(reader.Bytes, options, result),
                RawBlockField when reader.IsBytes(RawBlockField) => AddBlock(result, source, reader.Bytes, V0Prefix, options),
                BlockField when reader.IsBytes(BlockField) => ReadBlock(source, reader.Bytes, options, result),
                PresenceField when reader.IsBytes(PresenceField) => ReadPresence(reader.Bytes, options, result),
                WantlistField or RawBlockField or BlockField or PresenceField => BitswapRefusal.Malformed,
                _ => BitswapRefusal.None,
            };
            if (refusal != BitswapRefusal.None)
            {
                return refusal;
            }
        }

        message = reader.Failed ? null : result;
        return reader.Failed ? BitswapRefusal.Malformed : BitswapRefusal.None;
    }

    /// <summary>The message behind its length, ready for a stream.</summary>
    /// <param name="message">What to send.</param>
    public static byte[] ToDelimited(BitswapMessage message)
    {
        ProtoWriter writer = new(64 + (message.Wants.Count * 48) + message.BlockBytes);
        WriteWantlist(writer, message);
        ProtoWriter child = new(256);
        foreach (Block block in message.Blocks)
        {
            child.Clear();
            child.WriteBytes(1, PrefixOf(block.Cid));
            child.WriteBytes(2, block.Data.Span);
            writer.WriteBytes(BlockField, child.WrittenSpan);
        }

        foreach ((Cid cid, bool have) in message.Presences)
        {
            child.Clear();
            child.WriteBytes(1, cid.Bytes);
            child.WriteVarint(2, have ? 0UL : 1UL);
            writer.WriteBytes(PresenceField, child.WrittenSpan);
        }

        return writer.ToDelimited();
    }

    private static ReadOnlySpan<byte> V0Prefix => [0x00, 0x70, 0x12, 0x20];

    private static void WriteWantlist(ProtoWriter writer, BitswapMessage message)
    {
        if (message.Wants.Count == 0 && !message.Full)
        {
            return;
        }

        ProtoWriter list = new(message.Wants.Count * 48);
        ProtoWriter entry = new(64);
        foreach (BitswapEntry want in message.Wants)
        {
            entry.Clear();
            entry.WriteBytes(1, want.Cid.Bytes);
            entry.WriteVarint(2, (ulong)want.Priority);
            if (want.Cancel)
            {
                entry.WriteBool(3, true);
            }

            if (want.Kind == WantKind.Have)
            {
                entry.WriteVarint(4, 1);
            }

            if (want.SendDontHave)
            {
                entry.WriteBool(5, true);
            }

            list.WriteBytes(1, entry.WrittenSpan);
        }

        if (message.Full)
        {
            list.WriteBool(2, true);
        }

        writer.WriteBytes(WantlistField, list.WrittenSpan);
    }

    /// <summary>Refuses by number before anything is built.</summary>
    private static BitswapRefusal Count(ReadOnlySpan<byte> message, BitswapOptions options)
    {
        int total = 0;
        ProtoReader reader = new(message);
        while (reader.TryReadField())
        {
            total++;
            if (reader.IsBytes(WantlistField))
            {
                if (!ProtoReader.TryCount(reader.Bytes, 1, out int wants))
                {
                    return BitswapRefusal.Malformed;
                }

                total += wants;
            }
        }

        return reader.Failed ? BitswapRefusal.Malformed
            : total > options.MessageEntriesMax ? BitswapRefusal.TooManyEntries
            : BitswapRefusal.None;
    }

    private static BitswapRefusal ReadWantlist(ReadOnlySpan<byte> source, BitswapOptions options, BitswapMessage message)
    {
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(1))
            {
                BitswapRefusal refusal = ReadEntry(reader.Bytes, options, message);
                if (refusal != BitswapRefusal.None)
                {
                    return refusal;
                }
            }
            else if (reader.IsVarint(2))
            {
                message.Full = reader.Value != 0;
            }
        }

        return reader.Failed ? BitswapRefusal.Malformed : BitswapRefusal.None;
    }

    private static BitswapRefusal ReadEntry(ReadOnlySpan<byte> source, BitswapOptions options, BitswapMessage message)
    {
        Cid cid = default;
        int priority = 1;
        bool cancel = false;
        bool sendDontHave = false;
        WantKind kind = WantKind.Block;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(1) && !TryReadCid(reader.Bytes, options, out cid))
            {
                return BitswapRefusal.BadCid;
            }

            priority = reader.IsVarint(2) ? (int)Math.Clamp(unchecked((long)reader.Value), int.MinValue, int.MaxValue) : priority;
            cancel = reader.IsVarint(3) ? reader.Value != 0 : cancel;
            kind = reader.IsVarint(4) ? (reader.Value == 1 ? WantKind.Have : WantKind.Block) : kind;
            sendDontHave = reader.IsVarint(5) ? reader.Value != 0 : sendDontHave;
        }

        if (reader.Failed || cid.IsNone)
        {
            return reader.Failed ? BitswapRefusal.Malformed : BitswapRefusal.BadCid;
        }

        message.Wants.Add(new BitswapEntry(cid, kind, cancel, sendDontHave, priority));
        return BitswapRefusal.None;
    }

    private static BitswapRefusal ReadBlock(ReadOnlyMemory<byte> whole, ReadOnlySpan<byte> source, BitswapOptions options, BitswapMessage message)
    {
        ReadOnlySpan<byte> prefix = default;
        ReadOnlySpan<byte> data = default;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            prefix = reader.IsBytes(1) ? reader.Bytes : prefix;
            data = reader.IsBytes(2) ? reader.Bytes : data;
        }

        return reader.Failed ? BitswapRefusal.Malformed : AddBlock(message, whole, data, prefix, options);
    }

    private static BitswapRefusal AddBlock(BitswapMessage message, ReadOnlyMemory<byte> whole, ReadOnlySpan<byte> data, ReadOnlySpan<byte> prefix, BitswapOptions options)
    {
        if (data.Length > options.BlockBytesMax)
        {
            return BitswapRefusal.BlockTooLong;
        }

        if (!TryComputeCid(prefix, data, out Cid cid))
        {
            return BitswapRefusal.BadCid;
        }

        whole.Span.Overlaps(data, out int offset);
        message.Blocks.Add(new Block(cid, data.IsEmpty ? default : whole.Slice(offset, data.Length)));
        return BitswapRefusal.None;
    }

    private static BitswapRefusal ReadPresence(ReadOnlySpan<byte> source, BitswapOptions options, BitswapMessage message)
    {
        Cid cid = default;
        bool have = true;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(1) && !TryReadCid(reader.Bytes, options, out cid))
            {
                return BitswapRefusal.BadCid;
            }

            have = reader.IsVarint(2) ? reader.Value == 0 : have;
        }

        if (reader.Failed || cid.IsNone)
        {
            return reader.Failed ? BitswapRefusal.Malformed : BitswapRefusal.BadCid;
        }

        message.Presences.Add((cid, have));
        return BitswapRefusal.None;
    }

    private static bool TryReadCid(ReadOnlySpan<byte> source, BitswapOptions options, out Cid cid)
    {
        cid = default;
        return source.Length <= options.CidBytesMax && Cid.TryRead(source, out cid, out int consumed) && consumed == source.Length;
    }

    /// <summary>The CID that the bytes really have under the prefix: version, codec, hash code, hash length.</summary>
    private static bool TryComputeCid(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, out Cid cid)
    {
        cid = default;
        Span<ulong> parts = stackalloc ulong[4];
        for (int i = 0; i < parts.Length; i++)
        {
            if (VarInt.TryRead(prefix, out parts[i], out int consumed) != OperationStatus.Done)
            {
                return false;
            }

            prefix = prefix[consumed..];
        }

        if (!prefix.IsEmpty || parts[0] > 1 || !TryHash(parts[2], parts[3], data, out Multihash hash))
        {
            return false;
        }

        if (parts[0] == 1)
        {
            cid = Cid.V1(parts[1], hash);
            return true;
        }

        return parts[1] == Cid.DagPbCodec && Cid.TryRead(hash.Bytes, out cid, out _) && cid.Version == 0;
    }

    private static bool TryHash(ulong code, ulong length, ReadOnlySpan<byte> data, out Multihash hash)
    {
        hash = default;
        switch (code)
        {
            case Multihash.Sha256Code when length == 32:
                hash = Multihash.Sha256(data);
                return true;
            case Multihash.Sha512Code when length == 64:
                hash = Multihash.FromDigest(code, SHA512.HashData(data));
                return true;
            case Multihash.IdentityCode when length == (ulong)data.Length && data.Length <= Multihash.DigestBytesMax:
                hash = Multihash.Identity(data);
                return true;
            default:
                return false;
        }
    }

    private static byte[] PrefixOf(Cid cid)
    {
        Multihash hash = cid.Hash;
        byte[] prefix = new byte[4 * VarInt.BytesMax];
        int at = VarInt.Write(prefix, (ulong)cid.Version);
        at += VarInt.Write(prefix.AsSpan(at), cid.Codec);
        at += VarInt.Write(prefix.AsSpan(at), hash.Code);
        at += VarInt.Write(prefix.AsSpan(at), (ulong)hash.Digest.Length);
        return prefix[..at];
    }
}
