using P2P.Core.Multiformats;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Tests.Sync;

/// <summary>
/// Two sides in lockstep: everything that is under way arrives, then everything that was said because of it is under way. Two flights
/// are a round trip, whatever the bandwidth. Every message goes through its bytes.
/// </summary>
internal sealed class SyncWire(SyncSide opener, SyncSide other)
{
    private const int FlightsMax = 10_000;

    /// <summary>Flights until nothing new arrived at either side any more.</summary>
    public int Flights { get; private set; }

    /// <summary>Messages delivered.</summary>
    public int Messages { get; private set; }

    /// <summary>Longest frame.</summary>
    public int FrameBytesMost { get; private set; }

    /// <summary>Changes a message on its way (opener's first flag true); null drops it.</summary>
    public Func<bool, SyncMessage, SyncMessage?> Tamper { get; init; } = static (_, message) => message;

    /// <summary>The stream is cut after so many messages.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    /// <summary>Runs a session to its end.</summary>
    public SyncWire Run(IReadOnlyList<Cid>? documents = null, bool comparesDormant = false)
    {
        other.Open(isOpener: false, nonce: 2);
        opener.Open(isOpener: true, nonce: 1, documents, comparesDormant);
        bool openerHeard = false;
        bool otherHeard = false;
        while (!(opener.Session.HasEnded && other.Session.HasEnded) && Flights < FlightsMax)
        {
            (SyncMessage[] there, bool lastThere) = Take(opener);
            (SyncMessage[] back, bool lastBack) = Take(other);
            if (there.Length + back.Length == 0 && lastThere == otherHeard && lastBack == openerHeard)
            {
                break; // nothing moves any more
            }

            Flights += there.Length + back.Length > 0 ? 1 : 0;
            Deliver(opener, other, there);
            Deliver(other, opener, back);
            if (Messages >= CutAfter)
            {
                opener.Step(new SyncEnded(SyncRefusal.Cut));
                other.Step(new SyncEnded(SyncRefusal.Cut));
                break;
            }

            otherHeard = End(other, lastThere, otherHeard);
            openerHeard = End(opener, lastBack, openerHeard);
        }

        return this;
    }

    private static (SyncMessage[] Messages, bool IsLast) Take(SyncSide side)
    {
        SyncMessage[] messages = [.. side.Outbox];
        side.Outbox.Clear();
        return (messages, side.HasClosed);
    }

    private static bool End(SyncSide side, bool isLast, bool heard)
    {
        if (isLast && !heard)
        {
            side.Step(new SyncEnded(SyncRefusal.None));
        }

        return isLast || heard;
    }

    private void Deliver(SyncSide from, SyncSide to, SyncMessage[] messages)
    {
        foreach (SyncMessage sent in messages)
        {
            if (Tamper(ReferenceEquals(from, opener), sent) is not SyncMessage message || Messages >= CutAfter)
            {
                continue;
            }

            byte[] frame = SyncCodec.Write(message);
            int bytes = frame.Length + VarInt.SizeOf((ulong)frame.Length);
            from.BytesSent += bytes;
            FrameBytesMost = Math.Max(FrameBytesMost, frame.Length);
            Messages++;
            SyncRefusal refusal = SyncCodec.TryRead(frame, out SyncMessage? read);
            to.Step(refusal == SyncRefusal.None ? new SyncReceived(read!, bytes) : new SyncEnded(refusal));
        }
    }
}
