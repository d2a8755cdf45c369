namespace P2P.Transport.Yamux;

/// <summary>What the loop must do after a step.</summary>
/// <param name="Kind">What.</param>
/// <param name="Stream">To which stream; null for the session.</param>
internal readonly record struct YamuxEffect(YamuxEffectKind Kind, YamuxStreamState? Stream);
