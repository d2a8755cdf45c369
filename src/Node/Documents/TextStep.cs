namespace P2P.Node.Documents;

/// <summary>One splice of an update.</summary>
/// <param name="Splice">What happened, to the text as the step before left it.</param>
/// <param name="Tag">What <see cref="TextDocument.ApplyAsync"/> was given; null when it came from elsewhere.</param>
public readonly record struct TextStep(TextSplice Splice, object? Tag);
