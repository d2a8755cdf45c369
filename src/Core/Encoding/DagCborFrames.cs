using System.Runtime.CompilerServices;

namespace P2P.Core.Encoding;

/// <summary>The containers around the current one, on the stack of the caller.</summary>
[InlineArray(DagCborOptions.NestingMaxCeiling)]
internal struct DagCborFrames
{
    private DagCborFrame _first;
}
