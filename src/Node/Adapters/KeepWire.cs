using P2P.Core.Multiformats;

namespace P2P.Node.Adapters;

/// <summary>
/// A question and its answer, one frame (<c>uvarint length ‖ body</c>) each way on a stream of their own. Question: <c>uvarint count ‖ CIDs</c>; answer: one
/// byte a CID, a <see cref="KeepAnswer"/>, in the order of the question. Never throws on bytes of a peer.
/// </summary>
/// <remarks>Ours: Bitswap's HAVE does not say whether it was said before or after one asked, nor what its sender is about to do (ADR 62).</remarks>
internal static class KeepWire
{
    /// <summary>Protocol id.</summary>
    public const string Protocol = "/p2p/keep/1.0.0";

    /// <summary>Most blocks in a question.</summary>
    public const int BlocksMax = 32;

    /// <summary>Longest question, without the length before it.</summary>
    public const int QuestionBytesMax = 1 + (BlocksMax * Cid.BytesMax);

    /// <summary>Writes a question, with the length before it.</summary>
    public static byte[] Question(IReadOnlyList<Cid> cids)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cids.Count is > 0 and <= BlocksMax, true);
        byte[] body = new byte[1 + cids.Sum(static cid => cid.Bytes.Length)];
        body[0] = (byte)cids.Count;
        int at = 1;
        foreach (Cid cid in cids)
        {
            cid.Bytes.CopyTo(body.AsSpan(at));
            at += cid.Bytes.Length;
        }

        return Frame(body);
    }

    /// <summary>Writes an answer, with the length before it.</summary>
    public static byte[] Answer(IReadOnlyList<KeepAnswer> answers) => Frame([.. answers.Select(static answer => (byte)answer)]);

    /// <summary>Reads a question.</summary>
    /// <returns>Whether it is one, whole, with nothing behind it and no CID twice.</returns>
    public static bool TryReadQuestion(ReadOnlySpan<byte> body, out IReadOnlyList<Cid> cids)
    {
        cids = [];
        if (body.IsEmpty || body[0] is 0 or > BlocksMax)
        {
            return false;
        }

        Cid[] read = new Cid[body[0]];
        body = body[1..];
        for (int i = 0; i < read.Length; i++)
        {
            if (!Cid.TryRead(body, out read[i], out int consumed))
            {
                return false;
            }

            body = body[consumed..];
        }

        cids = read;
        return body.IsEmpty && read.Distinct().Count() == read.Length; // each is read from disk for the answer
    }

    /// <summary>Reads the answer to a question about <paramref name="count"/> blocks.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryReadAnswer(ReadOnlySpan<byte> body, int count, out IReadOnlyList<KeepAnswer> answers)
    {
        answers = [];
        if (body.Length != count || body.ContainsAnyExceptInRange((byte)KeepAnswer.None, (byte)KeepAnswer.Leaving))
        {
            return false;
        }

        KeepAnswer[] read = new KeepAnswer[count];
        for (int i = 0; i < count; i++)
        {
            read[i] = (KeepAnswer)body[i];
        }

        answers = read;
        return true;
    }

    private static byte[] Frame(ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[VarInt.SizeOf((ulong)body.Length) + body.Length];
        body.CopyTo(frame.AsSpan(VarInt.Write(frame, (ulong)body.Length)));
        return frame;
    }
}
