using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Node.Identity;

/// <summary>What a <see cref="KeyFile"/> holds.</summary>
/// <param name="Key">The private key; whoever opened the file disposes it.</param>
/// <param name="Tips">Of an author key: the newest event it wrote in each document. Empty for an identity.</param>
public sealed record KeyFileContent(PrivateKey Key, IReadOnlyList<(Cid Document, OwnTip Tip)> Tips)
{
    /// <summary>Which key it is. Files of before do not say it, but only an author key has tips.</summary>
    public KeyFileRole Role { get; init; } = Tips?.Count > 0 ? KeyFileRole.Author : KeyFileRole.Unknown;

    /// <summary>The bytes inside the box: a secret, the caller clears them.</summary>
    internal static byte[] Write(KeyFileContent content)
    {
        byte[] key = content.Key.ToProtobuf();
        DagCborWriter writer = new(key.Length + 64 + (content.Tips.Count * 128));
        writer.WriteMapStart(3);
        writer.WriteText("k"u8);
        writer.WriteBytes(key);
        writer.WriteText("r"u8);
        writer.WriteUInt((ulong)content.Role);
        writer.WriteText("t"u8);
        writer.WriteArrayStart(content.Tips.Count);
        foreach ((Cid document, OwnTip tip) in content.Tips)
        {
            writer.WriteArrayStart(4);
            writer.WriteCid(document);
            writer.WriteCid(tip.Cid);
            writer.WriteUInt(tip.Sequence);
            writer.WriteUInt(tip.Height);
        }

        Array.Clear(key);
        byte[] written = writer.ToArray();
        writer.Clear();
        return written;
    }

    internal static bool TryRead(ReadOnlySpan<byte> plain, out KeyFileContent? content)
    {
        content = null;
        DagCborReader reader = new(plain, DagCborOptions.NoFloats);
        if (DagCbor.Validate(plain, DagCborOptions.NoFloats) != DagCborStatus.Valid || !reader.TryReadMapStart(out int keys) || keys is < 2 or > 3
            || !reader.TryReadKey("k"u8) || !reader.TryReadBytes(out ReadOnlySpan<byte> key))
        {
            return false;
        }

        ulong role = 0; // files of before have none
        if ((keys == 3 && (!reader.TryReadKey("r"u8) || !reader.TryReadUInt(out role) || role > (ulong)KeyFileRole.Author))
            || !reader.TryReadKey("t"u8) || !reader.TryReadArrayStart(out int count) || count > KeyFile.TipsMax)
        {
            return false;
        }

        List<(Cid, OwnTip)> tips = new(count);
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int parts) || parts != 4 || !reader.TryReadCid(out Cid document) || !reader.TryReadCid(out Cid tip)
                || !reader.TryReadUInt(out ulong sequence) || !reader.TryReadUInt(out ulong height) || sequence == 0 || sequence > long.MaxValue || height > long.MaxValue)
            {
                return false;
            }

            tips.Add((document, new OwnTip(tip, sequence, height)));
        }

        if (!reader.End() || !PrivateKey.TryRead(key, out PrivateKey? read) || read is null)
        {
            return false;
        }

        content = new KeyFileContent(read, tips);
        if (role != 0)
        {
            content = content with { Role = (KeyFileRole)role };
        }

        return true;
    }
}
