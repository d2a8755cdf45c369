using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>Links inside event blocks: one form only, CIDv1 with a SHA2-256 digest.</summary>
/// <remarks>Spec: limits, section 1, "CID form".</remarks>
internal static class EventLinks
{
    /// <summary>Whether the bytes are a link between events: 36 bytes, DAG-CBOR.</summary>
    public static bool IsEvent(ReadOnlySpan<byte> cid) => IsForm(cid) && cid[1] == Cid.DagCborCodec;

    /// <summary>Whether the bytes are a link an event may hold at all: 36 bytes, DAG-CBOR or raw.</summary>
    public static bool IsForm(ReadOnlySpan<byte> cid) => cid.Length == EventLimits.LinkBytes && cid[0] == 1
        && cid[1] is (byte)Cid.DagCborCodec or (byte)Cid.RawCodec && cid[2] == 0x12 && cid[3] == 0x20;

    /// <summary>Reads an array of event links, ascending and distinct.</summary>
    /// <param name="reader">Stands at the array.</param>
    /// <param name="countMax">Most links.</param>
    /// <param name="tooMany">What to answer above it.</param>
    /// <param name="links">The links.</param>
    /// <returns>None on success.</returns>
    public static InvalidReason ReadList(ref DagCborReader reader, int countMax, InvalidReason tooMany, out Cid[] links)
    {
        links = [];
        if (!reader.TryReadArrayStart(out int count))
        {
            return InvalidReason.Schema;
        }

        if (count > countMax)
        {
            return tooMany;
        }

        links = count == 0 ? [] : new Cid[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadCidBytes(out ReadOnlySpan<byte> bytes) || !IsEvent(bytes)
                || (i > 0 && links[i - 1].Bytes.SequenceCompareTo(bytes) >= 0)
                || !Cid.TryRead(bytes, out links[i], out _))
            {
                return InvalidReason.Schema;
            }
        }

        return InvalidReason.None;
    }

    /// <summary>Whether every link anywhere in a body has a form events may hold.</summary>
    /// <param name="body">Canonical DAG-CBOR.</param>
    public static bool AreFormsValid(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> tag = [0xd8, 0x2a];
        if (body.IndexOf(tag) < 0)
        {
            return true; // most bodies have no link, and this scan is vectorised
        }

        DagCborReader reader = new(body, DagCborOptions.NoFloats);
        while (!reader.Failed && reader.PeekKind() != DagCborKind.None)
        {
            switch (reader.PeekKind())
            {
                case DagCborKind.Map:
                    _ = reader.TryReadMapStart(out _);
                    break;
                case DagCborKind.Array:
                    _ = reader.TryReadArrayStart(out _);
                    break;
                case DagCborKind.Cid:
                    if (!reader.TryReadCidBytes(out ReadOnlySpan<byte> cid) || !IsForm(cid))
                    {
                        return false;
                    }

                    break;
                default:
                    _ = reader.TrySkip(out _);
                    break;
            }
        }

        return !reader.Failed;
    }
}
