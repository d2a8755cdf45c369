using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>Event blocks: bytes to values and back. Stateless, thread-safe, never throws on hostile bytes.</summary>
/// <remarks>Spec: replica, section 2; limits, section 1.</remarks>
public static class EventCodec
{
    /// <summary>Steps 1, 3 and 4 of admission: size, strict canonical encoding, schema, and the document when one is given.</summary>
    /// <param name="block">All bytes. The event keeps slices of it: the caller must not change it afterwards.</param>
    /// <param name="document">The document expected, or none for any.</param>
    /// <param name="decoded">The event, with its CID computed from the bytes.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> block, Cid document, out Event? decoded, out InvalidReason reason) => throw new NotImplementedException();

    /// <summary>Step 6, one strict rule: whether the event's own signature verifies. Never throws.</summary>
    /// <param name="candidate">A decoded event.</param>
    public static bool VerifySignature(Event candidate) => throw new NotImplementedException();

    /// <summary>SHA2-256 of the canonical bytes without <c>sig</c>.</summary>
    /// <param name="candidate">A decoded event.</param>
    public static EventDigest PayloadHash(Event candidate) => throw new NotImplementedException();

    /// <summary>Builds, signs and decodes an event.</summary>
    /// <param name="context">Where it stands.</param>
    /// <param name="draft">What it says.</param>
    /// <param name="at">Unix milliseconds to claim.</param>
    /// <param name="signer">Signs; its author must be the context's.</param>
    /// <param name="reason">Why the draft cannot be an event.</param>
    /// <returns>The event, or null.</returns>
    public static Event? Sign(AppendContext context, EventDraft draft, ulong at, ISigner signer, out InvalidReason reason) => throw new NotImplementedException();
}
