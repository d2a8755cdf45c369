using Microsoft.Extensions.Options;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Node.Hosting;

/// <summary>The ranges of <see cref="IdentityOptions"/>, checked by generated code.</summary>
[OptionsValidator]
internal sealed partial class IdentityOptionsCheck : IValidateOptions<IdentityOptions>;
