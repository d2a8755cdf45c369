namespace P2P.Cli.Scripts;

/// <summary>One step. Replicas are in range; positions are code points and are checked when the step is done, for the text decides.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Replica">The replica; of a merge the one that gives.</param>
/// <param name="Position">Code points; of a merge the replica that takes.</param>
/// <param name="Count">Code points to delete.</param>
/// <param name="Text">To insert.</param>
internal readonly record struct ScriptStep(ScriptStepKind Kind, int Replica, int Position = 0, int Count = 0, string Text = "");
