using System.Buffers;
using P2P.Core.Crypto;
using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>Event blocks: bytes to values and back. Stateless, thread-safe, never throws on hostile bytes.</summary>
/// <remarks>Spec: replica, section 2; limits, section 1.</remarks>
public static class EventCodec
{
    private static ReadOnlySpan<byte> SigningPrefix => "p2p-event:"u8;

    /// <summary>Key <c>sig</c> and the head of 64 bytes.</summary>
    internal static ReadOnlySpan<byte> SignatureHead => [0x63, (byte)'s', (byte)'i', (byte)'g', 0x58, 0x40];

    /// <summary>Steps 1, 3 and 4 of admission: size, strict canonical encoding, schema, and the document when one is given.</summary>
    /// <param name="block">All bytes. The event keeps slices of it: the caller must not change it afterwards.</param>
    /// <param name="document">The document expected, or none for any.</param>
    /// <param name="decoded">The event, with its CID computed from the bytes.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> block, Cid document, out Event? decoded, out InvalidReason reason)
    {
        decoded = null;
        if (block.Length > EventLimits.BlockBytesMax)
        {
            reason = InvalidReason.Size;
            return false;
        }

        EventSchema schema = new(block, document);
        reason = schema.Read();
        if (reason != InvalidReason.None)
        {
            reason = Explain(block.Span, reason);
            return false;
        }

        decoded = schema.ToEvent();
        return true;
    }

    /// <summary>Step 6, one strict rule: whether the event's own signature verifies. Never throws.</summary>
    /// <param name="candidate">A decoded event.</param>
    public static bool VerifySignature(Event candidate) => VerifySignature(candidate, key: null);

    /// <summary>As the public one, with the author's key prepared before.</summary>
    /// <param name="candidate">A decoded event.</param>
    /// <param name="key">The author's key, or null.</param>
    internal static bool VerifySignature(Event candidate, PublicKey? key)
    {
        int length = SigningPrefix.Length + PayloadLength(candidate);
        byte[] message = ArrayPool<byte>.Shared.Rent(length);
        SigningPrefix.CopyTo(message);
        CopyPayload(candidate, message.AsSpan(SigningPrefix.Length));
        ReadOnlySpan<byte> signed = message.AsSpan(0, length);
        bool valid = key is not null
            ? key.Verify(signed, candidate.Signature.Span)
            : Ed25519.Verify(candidate.Author.Span[^Ed25519.PublicKeyBytes..], signed, candidate.Signature.Span);
        ArrayPool<byte>.Shared.Return(message);
        return valid;
    }

    /// <summary>SHA2-256 of the canonical bytes without <c>sig</c>: equal for two signatures under one payload.</summary>
    /// <param name="candidate">A decoded event.</param>
    public static EventDigest PayloadHash(Event candidate)
    {
        int length = PayloadLength(candidate);
        byte[] payload = ArrayPool<byte>.Shared.Rent(length);
        CopyPayload(candidate, payload);
        EventDigest hash = EventDigest.Sha256(payload.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(payload);
        return hash;
    }

    /// <summary>Builds, signs and decodes an event.</summary>
    /// <param name="context">Where it stands.</param>
    /// <param name="draft">What it says.</param>
    /// <param name="at">Unix milliseconds to claim.</param>
    /// <param name="signer">Signs; its author must be the context's.</param>
    /// <param name="reason">Why the draft cannot be an event.</param>
    /// <returns>The event, or null.</returns>
    public static Event? Sign(AppendContext context, EventDraft draft, ulong at, ISigner signer, out InvalidReason reason)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(signer);
        ReadOnlyMemory<byte> body = draft.BuildBody?.Invoke(context) ?? draft.Body;
        DagCborWriter unsigned = new(body.Length + 256);
        Write(unsigned, context, (draft.Type, body, at), default);
        byte[] message = [.. SigningPrefix, .. unsigned.WrittenSpan];
        DagCborWriter signed = new(unsigned.Length + 128);
        Write(signed, context, (draft.Type, body, at), signer.Sign(message));
        return TryDecode(signed.ToArray(), context.Document, out Event? result, out reason) ? result : null;
    }

    private static void Write(
        DagCborWriter writer, AppendContext context, (string Type, ReadOnlyMemory<byte> Body, ulong At) draft, ReadOnlySpan<byte> signature)
    {
        writer.WriteMapStart(signature.IsEmpty ? 10 : 11);
        writer.WriteText("h"u8);
        writer.WriteUInt(context.Height);
        writer.WriteText("t"u8);
        writer.WriteText(draft.Type);
        writer.WriteText("v"u8);
        writer.WriteUInt(EventLimits.Version);
        writer.WriteText("at"u8);
        writer.WriteUInt(draft.At);
        writer.WriteText("by"u8);
        writer.WriteBytes(context.Author.Span);
        writer.WriteText("doc"u8);
        writer.WriteCid(context.Document);
        writer.WriteText("seq"u8);
        writer.WriteUInt(context.Sequence);
        if (!signature.IsEmpty)
        {
            writer.WriteText("sig"u8);
            writer.WriteBytes(signature);
        }

        writer.WriteText("body"u8);
        writer.WriteRaw(draft.Body.Span);
        writer.WriteText("deps"u8);
        writer.WriteArrayStart(context.Dependencies.Count);
        foreach (Cid dependency in context.Dependencies)
        {
            writer.WriteCid(dependency);
        }

        writer.WriteText("prev"u8);
        if (context.Previous.IsNone)
        {
            writer.WriteNull();
        }
        else
        {
            writer.WriteCid(context.Previous);
        }
    }

    private static int SignatureEntryBytes => SignatureHead.Length + EventLimits.SignatureBytes;

    private static int PayloadLength(Event candidate) => candidate.Bytes.Length - SignatureEntryBytes;

    // The map without sig has ten keys: head 0xaa instead of 0xab, and the entry cut out.
    private static void CopyPayload(Event candidate, Span<byte> destination)
    {
        ReadOnlySpan<byte> block = candidate.Bytes.Span;
        int start = candidate.SignatureOffset > 0 ? candidate.SignatureOffset : block.IndexOf(SignatureHead);
        block[..start].CopyTo(destination);
        destination[0] = 0xaa;
        block[(start + SignatureEntryBytes)..].CopyTo(destination[start..]);
    }

    // Only for refused blocks: which step refuses them. Step 3 speaks before step 4, and a version before its schema.
    private static InvalidReason Explain(ReadOnlySpan<byte> block, InvalidReason found)
    {
        DagCborStatus encoding = DagCbor.Validate(block, DagCborOptions.NoFloats);
        if (encoding != DagCborStatus.Valid)
        {
            return encoding is DagCborStatus.TooManyItems or DagCborStatus.TooManyKeys ? InvalidReason.Limit : InvalidReason.Encoding;
        }

        return HasOtherVersion(block) ? InvalidReason.Version : found;
    }

    private static bool HasOtherVersion(ReadOnlySpan<byte> block)
    {
        DagCborReader reader = new(block, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int keys))
        {
            return false;
        }

        for (int i = 0; i < keys; i++)
        {
            if (reader.TryReadKey("v"u8))
            {
                return reader.PeekKind() == DagCborKind.UInt && reader.TryReadUInt(out ulong version) && version != EventLimits.Version;
            }

            if (!reader.TrySkip(out _) || !reader.TrySkip(out _))
            {
                return false;
            }
        }

        return false;
    }
}
