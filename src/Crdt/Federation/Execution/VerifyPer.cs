using System.Globalization;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Execution;

/// <summary>
/// Which receipts are recomputed when they arrive: all, one in N, none. A matter of speed: whoever asks for a state hash gets the
/// recomputation of every receipt that was not checked before, so the policy never changes it.
/// </summary>
/// <param name="OneIn">1 = always, 0 = never, N = the receipts whose key falls on every N-th number.</param>
/// <remarks>Spec: federation, F16. The sample is drawn by key, so it can be repeated, and an author cannot choose it without choosing inputs.</remarks>
public readonly record struct VerifyPer(uint OneIn)
{
    /// <summary>Every receipt.</summary>
    public static VerifyPer Always => new(1);

    /// <summary>No receipt, until a state hash is asked for.</summary>
    public static VerifyPer Never => new(0);

    /// <summary>Reads <c>always</c>, <c>never</c> or <c>sample:N</c>.</summary>
    /// <param name="text">Typed by somebody.</param>
    /// <param name="policy">The policy.</param>
    public static bool TryParse(string? text, out VerifyPer policy)
    {
        const string Sample = "sample:";
        policy = text == "always" ? Always : Never;
        if (text?.StartsWith(Sample, StringComparison.Ordinal) == true
            && uint.TryParse(text.AsSpan(Sample.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint oneIn) && oneIn > 0)
        {
            policy = new VerifyPer(oneIn);
            return true;
        }

        return text is "always" or "never";
    }

    /// <summary>Whether an execution is recomputed on arrival.</summary>
    /// <param name="key">Key of the execution.</param>
    public bool Takes(EventDigest key) => OneIn != 0 && key.D % OneIn == 0;
}
