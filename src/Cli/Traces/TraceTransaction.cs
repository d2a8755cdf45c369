namespace P2P.Cli.Traces;

/// <summary>Edits made together by one agent, on top of the merge of its parents.</summary>
/// <param name="Agent">Who.</param>
/// <param name="Parents">Earlier transactions; empty: the empty text.</param>
/// <param name="FirstPatch">Index of its first patch.</param>
/// <param name="EndPatch">One past its last.</param>
internal readonly record struct TraceTransaction(int Agent, int[] Parents, int FirstPatch, int EndPatch);
