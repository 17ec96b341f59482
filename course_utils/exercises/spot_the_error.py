"""Exercises of the appendix: is the formula right or wrong?"""

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice

NOTEBOOK = "appendix_spot_the_error"

categorical = choice(
    "b",
    why="Only one factor counts: the probability of the class that occurred.",
    hints=("What do the n possible outcomes have in all, for (.7, .2, .1)?",),
    a="For (.7, .2, .1) the three outcomes would have .582 together, and not 1.",
    c="A factor with exponent 0 is 1, so this sum is above n - 1.",
    d="The outcomes have .582 together; dividing by n makes that smaller still.",
)

proportional = choice(
    "c",
    why="A constant is added, not multiplied; and a density is never negative.",
    hints=("What are -ln p and p at a miss of 0?",),
    a="At a miss of 0 half the square is 0, and -ln p is .918939.",
    b="What is proportional to 0 is 0, and -ln p at a miss of 0 is .918939.",
    d="p falls from .3989 towards 0; minus the square falls for ever.",
)

product = choice(
    "d",
    why="Independent probabilities multiply, and every sample has its own target.",
    hints=("What is the probability of heads and then tails, for two coins?",),
    a="Three fair coins: 1/2 + 1/2 + 1/2 is no probability.",
    b="That is so, and there is a second slip: whose target is y?",
    c="That is so, and there is a second slip: do probabilities of 'and' add up?",
)


extensional = Exercise(
    expected="b",
    why="Two bodies together have the sum of their entropies: that is extensive.",
    hints=("Two equal bodies: what is the entropy of both together?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Extensional is a word of logic; which word do volume and energy have?"),
        ("c", "Intensive is what stays the same for two equal bodies, as temperature."),
        ("d", "It is one: it depends on the state, not on the way to it."),
    ),
)

arrow = Exercise(
    expected="c",
    why="Mixing raises it, falling onto one shelf lowers it.",
    hints=("A ball that drops from shelf to shelf: where will it be in the end?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "The second law is about isolated systems, not about any distribution."),
        ("b", "A ball that is shaken among boxes is harder and harder to place."),
        ("d", "Follow a ball that starts in one known box for a few steps."),
    ),
)

continuous = Exercise(
    expected="c",
    why="It needs a density, which may be above 1, and depends on the unit of x.",
    hints=("Take the uniform distribution on [0, 0.1]: how high is its density?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "Each single value of a continuous variable has probability 0."),
        ("b", "On [0, 0.1] the uniform density is 10, and ln(1/10) is negative."),
        ("d", "For the standard normal it is 1.4189 nats."),
    ),
)

rounding = Exercise(
    expected=0.0243214,
    why="The term is small, but it counts with the weight .99, so its digits show.",
    hints=("lg(1/.99) to six decimals, times .99, plus .01 times 2.",),
    solution_text="import math\n\nanswer = 0.01 * 2 + 0.99 * math.log10(1 / 0.99)",
    tolerance=1e-4,
    mistakes=(
        (0.02396, "That is the printed value: lg(1/.99) is .004365, not .004."),
        (0.080793, "That is in bits; the printed value has base 10."),
        (0.056002, "That is in nats; the printed value has base 10."),
        (0.02, "That is the red ball alone; black adds .99 lg(1/.99)."),
    ),
)

base = Exercise(
    expected="c",
    why="A fair choice of two is .3010 = lg 2; in bits it would be 1.",
    hints=("What is the entropy of 50 red and 50 black balls in bits, and in nats?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "In bits the last pocket has exactly 1."),
        ("b", "In nats the last pocket has ln 2 = .6931."),
        ("d", "The base changes every number: 1 bit is .6931 nats is .3010 digits."),
    ),
)

widest_bell = Exercise(
    expected="d",
    why="Ten times as wide adds ln 10 = 2.3026 nats, as often as you like.",
    hints=("What does stretching do to an entropy?",),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "It wins among those of its own variance; a wider one has more."),
        ("b", "On the whole line there is no uniform distribution."),
        ("c", "It wins for a positive number of known mean; nothing is known here."),
    ),
)


zero_loss = choice(
    "b",
    why="Even a perfect forecast pays for the surprise that is in the world.",
    hints=("Put q = p into the definition. What is left?",),
    a="Only if nothing is left to be surprised at, that is, for one-hot targets.",
    c="Nothing in the definition knows the number 1; put q = p into it.",
    d="That is the cost of the uniform belief.",
)

binary_terms = choice(
    "c",
    why="With one other outcome, 'not 1' says which it is; with two, it does not.",
    hints=("Try n = 2: what are 1 - p1 and 1 - q1 then?",),
    a="Evaluate both sides for the fruits, or the step alone.",
    b="Brackets are missing, and with them it is still false for three outcomes.",
    d="For two outcomes 1 - p1 is p2: with brackets the step holds.",
)

which_truth = choice(
    "c",
    why="What happens follows the truth, and a mean is taken over what happens.",
    hints=("Which of the two says how often an outcome is paid for?",),
    a="Exchange them for the balls: the cost is more than tripled.",
    b="The draws, and so the mean, come from the truth.",
    d="A code is made for one of them, and the outcomes come from the other.",
)

kl_integral = choice(
    "b",
    why="A sum needs its step, and h(P, Q) - h(P) works for densities as well.",
    hints=("What does the sum do if you halve the step of the grid?",),
    a="Refine the grid: without dx the sum grows without end.",
    c="The difference was claimed for discrete variables only; try it on two bells.",
    d="Two bells have a KL, and a closed form for it.",
)

right_kl = choice(
    "a",
    why="ln t ≤ t - 1, with equality only at t = 1.",
    hints=("Which of the statements did lesson 02 prove in three ways?",),
    b="Single log-ratios may be negative; their mean under P is not.",
    c="ln t = t - 1 only at t = 1, so every q/p must be 1.",
    d="The second term of H(P, Q) - H(P) is the truth's entropy.",
)

three_axioms = choice(
    "b",
    why="Without it different points may lie at the distance 0.",
    hints=("Does |x1 - y1| in the plane obey all three?",),
    a="By these rules (1, 0) and (1, 5) may be at the distance 0.",
    c="A distance is the same in both directions.",
    d="That it is not negative follows from the others; it may not be otherwise.",
)

never_equal = choice(
    "d",
    why="Mirror images are equal both ways; most pairs are not.",
    hints=("Try two coins, 0.3 and 0.7.",),
    a="Coins of 0.3 and 0.7 give the same in both directions.",
    b="The balls, 1 : 99 and 50 : 50, give different numbers.",
    c="Coins of 0.3 and 0.7 are not equal, and their KLs are.",
)

similarity = choice(
    "b",
    why="It is 0 for equal ones, and a detour over a third may be shorter.",
    hints=("Where is it smallest? And what does a detour over 0.25 cost?",),
    a="What is 0 for equal distributions measures no similarity.",
    c="It is not symmetric, and a detour may be shorter.",
    d="A distance is never shortened by a detour.",
)

one_outcome = choice(
    "b",
    why="The slide asks about one event; entropy belongs to all of them.",
    hints=("Is the entropy a function of one probability?",),
    a="The entropy is a mean over all outcomes; the slide asks about one.",
    c="It falls with p, but it does not add up.",
    d="It multiplies for independent events; it does not add up.",
)

minimum_bits = choice(
    "c",
    why="Single outcomes may cost much more, or less; blocks bring the mean near it.",
    hints=("How many bits does one black ball of 1 : 99 need by itself?",),
    a="A red ball costs 6.6 bits in the right code; the entropy is 0.08.",
    b="No word is shorter than one bit, and the entropy is 0.08.",
    d="Not on average, if the words can be told apart (lesson 01).",
)


sign_of_slope = choice(
    "b",
    why="With target 0 the loss rises with a, so its slope must be positive.",
    hints=("Take y = 0: is -ln(1 - a) rising or falling in a?",),
    a="With y = 0 the printed slope is negative, and the loss rises with a.",
    c="This loses the factor a, and the sign is still that of the slide.",
    d="This is the slope for the weighted input, after the sigmoid's slope cancelled.",
)

conditions = choice(
    "d",
    why="The chain rule differentiates whatever was computed, in longer equations.",
    hints=("Does autograd ask whether a loss is a sum over samples?",),
    a="The next cell backpropagates through a loss that has neither property.",
    b="The variance of a batch is no sum over samples, and it has a gradient.",
    c="A batch without the sum property can be differentiated, but not be split.",
)

step_rule = choice(
    "d",
    why="Against the gradient, to first order, and nothing at a point without slope.",
    hints=("How far does it go at t = 0 on t^2? And at t = 1 with a rate of 1.1?",),
    a="A number times a change of the loss is no step of many numbers.",
    b="Look at the change as well: with a rate of 1.1 on t^2 it is positive.",
    c="Look at the step as well: the change of the loss is a single number.",
)

stopping = choice(
    "c",
    why="On t^2 with rate 1 the loss stands still at once; and samples pull apart.",
    hints=("Where does the walk on t^2 go with a rate of 1?",),
    a="On t^2 with a rate of 1 the loss never changes, and the walk never arrives.",
    b="At the best place for all samples, any step for one of them raises the whole.",
    d="A plateau, too, has equal losses, and is no minimum.",
)

more_orders = choice(
    "b",
    why="Outside that radius the errors grow without end.",
    hints=("Try ln(1 + t) at t = 1.5, with one term and with ten.",),
    a="For ln(1 + t) at 1.5 ten terms are worse than one.",
    c="The exponential is no polynomial, and its series converges everywhere.",
    d="For ln(1 + t) at .5 every further term helps.",
)

matching = choice(
    "b",
    why="The loss divides by a(1 - a), and only the sigmoid multiplies by the same.",
    hints=("Which slope must cancel a(1 - a)? Which units have that slope?",),
    a="A probit unit has the normal density as its slope, and that is not a(1 - a).",
    c="A probit's values lie between 0 and 1, and its factor does not cancel.",
    d="For a sigmoid the slope is a(1 - a), and it cancels exactly.",
)

softmax_delta = choice(
    "b",
    why="Each weighted input reaches the loss through all outputs, and routes add.",
    hints=("Raise a_in of a wrong class: what becomes of the right answer?",),
    a="Unit by unit, the two wrong classes would get no push at all.",
    c="Sigmoid units do not share anything, so for them it holds.",
    d="It is the other way round.",
)


decoder_gives = Exercise(
    expected="b",
    why="The code is shorter than the picture, so something is lost on the way.",
    hints=("Could 8 numbers give back 784 exactly, for every picture?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Squeeze a digit through 8 numbers and look: it comes back changed."),
        ("c", "The code is what the encoder gives."),
        ("d", "A plain autoencoder has no distribution over pictures to draw from."),
    ),
)

boltzmann = Exercise(
    expected="c",
    why="One layer of visible and one of hidden units; stacking makes it deep.",
    hints=("What does the word restricted restrict?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "A restricted one has a single pair of layers; stacking makes depth."),
        ("b", "The spelling is Boltzmann, but the statement is wrong too."),
        ("d", "It does have hidden units: one layer of them."),
    ),
)

linear_sigmoid = Exercise(
    expected="d",
    why="A sigmoid is a nonlinearity: with one it is a shallow network, without, PCA.",
    hints=("Is a sigmoid linear? Compare sigmoid(1 + 1) with 2 sigmoid(1).",),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "It names a nonlinearity after saying that there is none."),
        ("b", "A sigmoid bends: sigmoid(2) is not twice sigmoid(1)."),
        ("c", "A truly linear one is PCA, and no sigmoid is needed for that."),
    ),
)

no_heuristics = Exercise(
    expected="c",
    why="No labels, true; but shape, width, loss and noise are all chosen by people.",
    hints=("Who decided how narrow the code is, and what counts as an error?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "The loss, the width and the layers were chosen, and shape the code."),
        ("b", "No label enters the loss of an autoencoder."),
        ("d", "Its labels are its inputs: the word is self-supervised."),
    ),
)

wider = Exercise(
    expected="b",
    why="With room for every pixel the network may copy, and the code says nothing.",
    hints=("What is the easiest way to give back 784 numbers through 2000?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "2000 is not fewer than 784; something else must limit the code."),
        ("c", "It can be trained; it may learn to copy."),
        ("d", "It can be useful, if noise or a penalty keeps it from copying."),
    ),
)

subspace = Exercise(
    expected="b",
    why="A subspace is flat and holds every mean; a curved sheet does not.",
    hints=("Is the mean of two points of a circle on the circle?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Take two points of a circle: their mean is not on it."),
        ("c", "That digits have fewer causes than pixels is not in doubt here."),
        ("d", "That would be a flat sheet again, only shifted."),
    ),
)

mds = Exercise(
    expected="c",
    why="From straight distances it finds PCA's map; the other kinds are not linear.",
    hints=("There is a classical form, and there are metric and non-metric ones.",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "Only the classical form is linear; others fit distances by descent."),
        ("b", "The classical form is: from straight distances it gives PCA's map."),
        ("d", "Classical MDS asks for the distances and for nothing else."),
    ),
)

new_points = Exercise(
    expected="d",
    why="It moves the points that it has, and learns no function of a picture.",
    hints=("Which method of scikit-learn gives the code of a new picture?",),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "It has no `transform`: the points themselves are what it moves."),
        ("b", "It has no encoder, so it cannot code a picture that it has not seen."),
        ("c", "PCA does have a map for new points: it weighs and adds."),
    ),
)

anomaly = Exercise(
    expected="c",
    why="What lies far out, but in the plane, comes back whole.",
    hints=("Which points does PCA give back without any error?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "A point far out in the plane of the code has no error at all."),
        ("b", "It often works: a point off the plane does have a large error."),
        ("d", "Many strange points do have large errors; it is no rule, though."),
    ),
)

transfer = Exercise(
    expected="b",
    why="It is the same data and the same network, begun without labels.",
    hints=("What changes between the two stages: the task's data, or the loss?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Transfer carries weights to other data."),
        ("c", "The layers do learn first, each to give back its input."),
        ("d", "No labels are used before the fine-tuning."),
    ),
)


mnist_size = Exercise(
    expected="c",
    why="28 rows of 28 pixels; 64 pixels is all that scikit-learn's 8x8 digits have.",
    hints=("How many numbers does one image of the course's data have?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "64x64 would be 4096 pixels an image; count those of one image."),
        ("b", "32x32 pads the digits for some networks; the data are smaller."),
        ("d", "8x8 is scikit-learn's other set of digits."),
    ),
)

benchmark_parts = Exercise(
    expected="d",
    why="10 000 + 2 000 to learn and choose by, 50 000 to test: 62 000 in all.",
    hints=(
        "Three numbers need three names.",
        "The benchmark has 12 000 pictures to learn from and 50 000 to test.",
    ),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "Two names cannot say what three numbers are."),
        ("b", "The training part is missing, and the sizes sum to 32 000 of 62 000."),
        ("c", "The names are right; the test part is larger."),
    ),
)

denoising_sum = Exercise(
    expected="c",
    why="A mean over masks weights each mask with its probability.",
    hints=(
        "Is every mask equally probable at a rate of 25 %?",
        "Sampling from q weights by itself; a sum over all masks does not.",
    ),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "It gives 3.345; draws from q tend to 2.029."),
        ("b", "An index helps the reader, and the number stays 3.345."),
        ("d", "The clean target is right: the denoiser must give back x."),
    ),
)

computable = Exercise(
    expected="b",
    why="Few pixels can be enumerated; linear with squared error has a formula.",
    hints=("How many masks have three pixels? And 784?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Three pixels have eight masks, and lesson 06 sums over them."),
        ("c", "784 pixels have 2^784 masks; a general network needs them all."),
        ("d", "A linear network with squared error has an exact value at any size."),
    ),
)

contractive_losses = Exercise(
    expected="d",
    why="Redraw the clean picture from the clean code, and add λ times the penalty.",
    hints=(
        "Where does a contractive autoencoder get noise from?",
        "What becomes of a price that is nowhere in the loss?",
    ),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "With noise in the reconstruction this is a denoiser with a penalty."),
        (
            "b",
            "λ is missing indeed, but so is a reason for noise in it.",
        ),
        ("c", "The noisy picture is out of place, but λ is missing as well."),
    ),
)

small_noise = Exercise(
    expected=0.02,
    why="The squared change is σ² times 2: the push enters squared.",
    hints=(
        "The change of the code is proportional to σ.",
        "Multiply the squared norm by σ².",
    ),
    solution_text="answer = 0.1**2 * 2",
    mistakes=(
        (2.0, "That is the line as printed: it would not depend on the noise at all."),
        (0.2, "The change has a factor σ, and its square σ²."),
        (200.0, "A smaller push moves the code less, not more."),
    ),
)

closed_jacobian = Exercise(
    expected="a",
    why="All entries of row j share the slope, and a sum of squares is a trace.",
    hints=("Compute both sides for the layer above.",),
    solution_text='answer = "a"',
    mistakes=(
        ("b", "The slope stands in every entry, and every entry is squared."),
        ("c", "The squared norm has no half."),
        ("d", "A sigmoid's slope needs its output only, so the inputs do not enter."),
    ),
)

zero_penalty = Exercise(
    expected="c",
    why="Any constant code has the Jacobian 0; tying stops another cheat, rescaling.",
    hints=(
        "Let every unit be off, or on, for every picture: what is the slope?",
        "Is there such a bias with W as it is?",
    ),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "Try W as it is, and biases of -50: is the penalty not 0?"),
        ("b", "Tied or not, a large bias switches every unit off."),
        ("d", "It is 0 for h = 0, and for other codes too."),
    ),
)


one_code = Exercise(
    expected="b",
    why="p(x) has no z left in it: all codes are averaged over, under the prior.",
    hints=("Put in two different z. Does the left side change?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "The right side changes with z, and the left side cannot."),
        ("c", "Under the posterior the mean is .408835, and p(x) is .233399."),
        ("d", "Then p(x) would be the best code's: .564190 on the toy."),
    ),
)

total_probability = Exercise(
    expected="a",
    why="Each code's density, weighted by how likely the code is: right as it stands.",
    hints=("Evaluate it on the toy, and compare with N(0, 1.5) at 1.",),
    solution_text='answer = "a"',
    mistakes=(
        ("b", "p(z) is the weight of each code. Without it the integral is 1 here."),
        ("c", "Dividing by p(z) leaves ∫ p(x|z) dz, which forgets how likely z is."),
        ("d", "With p(z|x) as weights the value is .408835, which is no p(x)."),
    ),
)

chance = Exercise(
    expected=3.989423,
    why="A density, and above 1: no chance of anything.",
    hints=("One over the root of 2π times the variance; the variance is 0.1².",),
    solution_text="answer = 1 / (2 * 3.14159265 * 0.1**2) ** 0.5",
    mistakes=(
        (0.398942, "That is N(0, 1) at 0; here the standard deviation is 0.1."),
        (1.261566, "0.1 is the standard deviation; its square is the variance."),
        (0.0, "That is the chance to hit 0 exactly; the density is asked for."),
    ),
)

objective = Exercise(
    expected="c",
    why="It is largest for a bell shrunk onto the code that explains x best.",
    hints=("For which q would the mean be largest?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "At the posterior it is .408835, and at N(1, .01) it is .558631."),
        ("b", "All three values but the prior's lie above p(x)."),
        ("d", "It is a mean of densities, easy to compute. But what is its maximum?"),
    ),
)

prior_enough = Exercise(
    expected="d",
    why="The cloud is no limit; a continuous network with its noise is one.",
    hints=("What would the ring map have to do at 0?", "Is a digit a real number?"),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "The ring map jumps from -1 to +1 at z = 0. No network does."),
        ("b", "The ring came from a normal prior: the shape is the work of g."),
        ("c", "The dimension alone is no limit; look at what g has to do at 0."),
    ),
)

bernoulli = Exercise(
    expected=0.560809,
    why="Each code: ρ log(ρ/½) + (1-ρ) log((1-ρ)/½). No bell's formula gives that.",
    hints=("Two codes, two sums over 0 and 1; the prior is ½ each.",),
    solution_text=(
        "import numpy as np\n\n"
        "rho = np.array([0.9, 0.2])\n"
        "answer = np.sum(rho * np.log(2 * rho) + (1 - rho) * np.log(2 * (1 - rho)))"
    ),
    mistakes=(
        (0.345750, "The terms of z = 0 are missing: (1-ρ) log((1-ρ)/½)."),
        (0.280405, "That is the mean over the two codes; KL adds them up."),
        (0.809077, "These are bits; the course counts in nats."),
    ),
)

extra_prior = Exercise(
    expected="c",
    why="Drawing from p(z) has weighted the codes already; and a mean has 1/n.",
    hints=("Does drawing from p(z) not weight the codes already?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "As printed the sum is in the thousands."),
        ("b", "With 1/n alone it is about .068: the prior is counted twice."),
        ("d", "Without p(z) but without 1/n too, it grows with n."),
    ),
)

spaces = Exercise(
    expected="b",
    why="Distances are taken among pictures: between x and g(z).",
    hints=("How many entries has x? How many has z?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "x has 784 entries and z has 2: there is no difference to take."),
        ("c", "The inequality is right once both sides live among pictures."),
        ("d", "A code is not a picture with fewer pixels; g makes the picture."),
    ),
)

slow = Exercise(
    expected="d",
    why="One pass is cheap; it is 10 to the 20 of them that cannot be had.",
    hints=("How many passes does one z take, and how many the grid?",),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "One z takes one pass through the decoder."),
        ("b", "One pass gives all 784 pixels at once."),
        ("c", "The prior is a bell: its density is one line."),
    ),
)

flat_prior = Exercise(
    expected=0.176486,
    why="Even the uniform density nearest to N(0, 1) differs from it.",
    hints=(
        "KL(U(-a, a) ‖ N(0, 1)) = -log(2a) + ½ log(2π) + a²/6.",
        "The slope in a is zero at a² = 3.",
    ),
    solution_text=(
        "import numpy as np\n\n"
        "a = np.sqrt(3)\n"
        "answer = -np.log(2 * a) + 0.5 * np.log(2 * np.pi) + a**2 / 6"
    ),
    mistakes=(
        (1.085605, "That is U(0, 1); a wider and centred one comes nearer."),
        (0.392459, "That is U(-1, 1): a wider one comes nearer."),
        (0.0, "No uniform density is a bell, so the KL is above 0."),
    ),
)

split_ratio = Exercise(
    expected="c",
    why=(
        "After the split q stands under the joint and over the posterior; and it is dz."
    ),
    hints=("Multiply the two ratios: is the product p(z,x)/p(z|x)?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "Multiply the two ratios: q does not cancel."),
        (
            "b",
            ("dz is missing, but that is not all: the ratios do not multiply to p(x)."),
        ),
        ("d", ("Then the second term is E[log 1] = 0, and nothing was split.")),
    ),
)

named_elbo = Exercise(
    expected="c",
    why=(
        "The ELBO is the mean of log p(x|z) minus the KL to the "
        "prior; the encoder is q(z|x), the draws z_l."
    ),
    hints=("What is its value on the toy, and what should it be?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "Its value is positive, and log p(x) is not."),
        (
            "b",
            (
                "The KL is missing indeed, but a bound from below is not a "
                "loss: mind the sign."
            ),
        ),
        ("d", "Turn the sign, and it is still -1.462 and not -1.631."),
    ),
)

minus_integral = Exercise(
    expected="b",
    why=("The integral itself is the ELBO; and the KL is 0 if q is the posterior."),
    hints=(("Evaluate the brace: can a lower bound on -1.455 be positive?"),),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "The brace has the value +1.630508, far above log p(x)."),
        ("c", ("The brace has the value +1.630508: it is no lower bound on log p(x).")),
        ("d", "With the other sign the sum would not be 0.1755."),
    ),
)

both_over_q = Exercise(
    expected=1.195795,
    why=("One q too many: the excess is the entropy of q, ½ log(2πe·0.64)."),
    hints=(("There is only one q to divide by. What is the mean of -log q?"),),
    solution_text="answer = 1.195795",
    mistakes=(
        (
            -1.195795,
            ("The printed line lies above the ELBO, so the difference is positive."),
        ),
        (-0.434714, "This is the value as printed; subtract the ELBO."),
        (
            0.168144,
            ("That is the KL to the prior; it is the second term that is right."),
        ),
    ),
)

plus_kl = Exercise(
    expected="c",
    why="-1.294221 lies above -1.455004: it bounds nothing.",
    hints=("Put in the values: .168144 and -1.462365.",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "The KL enters the ELBO with a minus."),
        ("b", "Compute it: is it below -1.455?"),
        ("d", "Compute it: it is negative, and too large."),
    ),
)

loss_signs = Exercise(
    expected="b",
    why=("Minus the ELBO is KL minus the mean: 1.630508 and not 1.294221."),
    hints=("A loss should rise if q runs away from the prior.",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Minus (-KL + E) is KL - E."),
        ("c", "Then a good reconstruction would be punished."),
        ("d", "The difference is 2 KL, which depends on q."),
    ),
)

final_line = Exercise(
    expected=-81.0,
    why=('So the farther the picture, the lower the "loss": it has no floor.'),
    hints=("The sum is 0 here; what is left is minus a square.",),
    solution_text="answer = -81.0",
    mistakes=(
        (
            81.0,
            ("That is the squared error itself; the line has a minus in front of it."),
        ),
        (-9.0, "The error is squared."),
        (-40.5, "The half stands in front of the sum only."),
    ),
)

whose_kl = Exercise(
    expected="b",
    why='The "constant" is log p(x), which moves with θ.',
    hints=("evidence = ELBO + KL: what stays, if only φ moves?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "log p(x) is constant in φ and not in θ."),
        ("c", "With φ fixed it is log p(x) that moves."),
        ("d", "With θ fixed log p(x) is a constant, and it is true."),
    ),
)

best_phi = Exercise(
    expected=0.830366,
    why="-½ log(1 - 0.9²): the family does not hold the posterior.",
    hints=("Lesson 09: the best variances are 1 - 0.9².",),
    solution_text="answer = 0.830366",
    mistakes=(
        (
            0.0,
            ("That needs the posterior in the family; a diagonal Gaussian is not it."),
        ),
        (1.660731, "Half of this."),
        (
            3.432773,
            (
                "That is the gap of the marginal variances, 1 and 1; they are"
                " not the best."
            ),
        ),
    ),
)

constant = Exercise(
    expected="a",
    why=("The factor is 1; any other constant would add its logarithm."),
    hints=("What happens to a mean of logs if you multiply inside by 2?",),
    solution_text='answer = "a"',
    mistakes=(
        ("b", "A factor of 2 adds log 2 to the line."),
        ("c", "q/q is 1 wherever z can be drawn from q."),
        ("d", "q/q is 1 for every q, wherever a draw of q can fall."),
    ),
)

which_way = Exercise(
    expected="b",
    why=("log p(x) is fixed, so a small KL on the left is a large right side."),
    hints=("log p(x) does not depend on q.",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", ("A q that is pushed away from the posterior has a small right side.")),
        ("c", "Put in the values: both sides are -1.630508."),
        ("d", "Drive q to N(50, .64) and look."),
    ),
)

three_terms = Exercise(
    expected="a",
    why="-1.462365 - .168144 + .175504 = -1.455004.",
    hints=("Put in the values of the toy.",),
    solution_text='answer = "a"',
    mistakes=(
        ("b", "Then the sum is -1.806, below the ELBO."),
        ("c", "Then the sum is -1.470: close, and not equal."),
        ("d", "It holds for every q."),
    ),
)

log_det = Exercise(
    expected="b",
    why=(
        "ln det of the prior is 0, and ln det of q is subtracted; so the "
        "next line has it."
    ),
    hints=("Evaluate it for sigma = (.5, .5). Can a KL be negative?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "For sigma = (.5, .5) it is negative, and no KL is."),
        ("c", ("At sigma = 1, mu = 0 the KL must be 0: then J has to be subtracted.")),
        ("d", "The half stands in front already; it is the sign."),
    ),
)

one_width = Exercise(
    expected=0.510826,
    why=".537682 - .026856: the covariance is diag(sigma^2), with two widths.",
    hints=(
        (
            "Half the sum of variance - 1 - ln variance, once with .25 and 2.25 "
            "and once with 1.25 twice."
        ),
    ),
    solution_text="answer = 0.510826",
    mistakes=(
        (0.537682, "That is the right KL; subtract the one with 1.25 twice."),
        (0.026856, "That is the KL with 1.25 twice; how much is missing?"),
        (-0.510826, "The difference was asked for as how much is missing: positive."),
    ),
)

two_normals = Exercise(
    expected=0.5,
    why=(
        "A normal sum would be 0 with probability 0: normal margins are not "
        "joint normality."
    ),
    hints=("What is X + SX when S = -1?",),
    solution_text="answer = 0.5",
    mistakes=(
        (0.0, "That would hold if the two were jointly normal; they are not."),
        (1.0, "Only if S is -1."),
        (0.25, "Only one coin is tossed."),
    ),
)

new_pictures = Exercise(
    expected="c",
    why=(
        "mu and sigma are fixed once x is; and for a new picture there is "
        "no x to encode."
    ),
    hints=("Which of mu, sigma, z differs if the encoder is asked twice?",),
    solution_text='answer = "c"',
    mistakes=(
        ("a", ("Asked twice, the encoder gives the same mu and sigma, and another z.")),
        ("b", "For a new picture there is no x."),
        ("d", "With z = mu nothing would be random."),
    ),
)

stochastic = Exercise(
    expected="c",
    why=(
        "The decoder has its gradient all the same, and the score function "
        "gives one to phi."
    ),
    hints=("Draw z once and keep it. Which derivatives can you still take?",),
    solution_text='answer = "c"',
    mistakes=(
        (
            "a",
            ("A term with a fixed draw in it is an ordinary function of the decoder."),
        ),
        ("b", "The score function needs no reparameterisation."),
        ("d", "Given z, the decoder is differentiated as any network."),
    ),
)

how_many_draws = Exercise(
    expected=1,
    why="One draw is unbiased; the next step brings a fresh one.",
    hints=("Does the mean of a mean depend on how many numbers it is taken over?",),
    solution_text="answer = 1",
    mistakes=(
        (0, "Without a draw there is nothing to differentiate."),
        (100, "More draws make it smoother, and not more right."),
        (1000, "A thousand are smoother still, and dearer; are they more right?"),
    ),
)

brackets = Exercise(
    expected=-0.117783,
    why="The minus reaches only the first half: with brackets it is +.328504.",
    hints=("Only the first term has the minus.",),
    solution_text="answer = -0.117783",
    mistakes=(
        (0.328504, "That is the right cross-entropy, with brackets."),
        (-0.328504, "The first term does have a minus."),
        (0.117783, "Mind the signs: -ln .9 + ln .8."),
    ),
)

gaussian_line = Exercise(
    expected=7.224171,
    why="4 + 2 ln 2 + ln 2 pi; as printed, without the bracket, 4 - 2 ln 2.",
    hints=("For each pixel: half of 16/4, plus ln 2, plus half of ln 2 pi.",),
    solution_text="answer = 7.224171",
    mistakes=(
        (5.386294, "That lacks D/2 ln 2 pi, here ln 2 pi."),
        (
            2.613706,
            (
                "That is as printed: ln sigma has the wrong sign, and ln 2 pi is "
                "missing."
            ),
        ),
        (4.451583, "The sign of ln sigma is wrong."),
    ),
)

dropped_half = Exercise(
    expected=1 / 3,
    why="Set the slope to 0: 1/2 - 1/(2v) + 1 = 0. The encoder is too sure.",
    hints=("Take the derivative in v.",),
    solution_text="answer = 1 / 3",
    mistakes=(
        (0.5, "That is with the half; it has been dropped here."),
        (1.0, "That is with no reconstruction at all."),
        (0.6666666666666666, "Solve 1.5 = 1 / (2 v) for v."),
    ),
)

mean_over_pixels = Exercise(
    expected=784,
    why="mean + KL = (sum + 784 KL) / 784. It should be K.mean(784 * bce + kl).",
    hints=("Multiply the whole loss by 784.",),
    solution_text="answer = 784",
    mistakes=(
        (1, "Then both would be sums."),
        (0.0012755102040816326, "It is the reconstruction that is divided."),
        (28, "A picture has 28 x 28 pixels."),
    ),
)

trace_and_det = Exercise(
    expected="a",
    why="A million draws of log q/p agree, and the square does not mind the sign.",
    hints=("Check it in one dimension against lesson 02.",),
    solution_text='answer = "a"',
    mistakes=(
        ("b", "Then a narrow q would be cheap: it must cost."),
        ("c", ("q is the first: its spread is measured in the width of the second.")),
        ("d", "The difference enters as a square."),
    ),
)

same_but = Exercise(
    expected=2056,
    why="A second head, from 256 units to 8 log-variances: 256 x 8 + 8.",
    hints=("What does the encoder have to give that an autoencoder does not?",),
    solution_text="answer = 2056",
    mistakes=(
        (0, "Sampling needs a width: where does sigma come from?"),
        (2048, "The biases are missing."),
        (8, "Each log-variance hangs on all 256 units."),
    ),
)

unlike = choice(
    "c",
    why="Compare two models on the same data, with the same sampler.",
    hints=("How many things differ between the two pictures?",),
    a="They are other data: would this VAE's digits be better than that one's?",
    b="Size is not what makes the comparison unfair.",
    d="It has codes, and one can fit a sampler to them, as to a VAE's.",
)

reproduces = choice(
    "a",
    why="An error of about sigma is what the decoder itself announces.",
    hints=("Compare each of the two errors with sigma.",),
    b="Look at the two errors.",
    c="Its means are reconstructions; sampling pixels is a further step.",
    d="Compare again: on the 32 the error is below sigma.",
)

collapse = Exercise(
    expected="b",
    why="Averaging divides the reconstruction by 784, and the KL stays whole.",
    hints=("What is left of 90 nats, divided by 784? And what does the KL cost?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Its codes cost 24 nats of KL, more than all pixels together now weigh."),
        ("c", "They differ by a factor of nearly a hundred; run the next cell."),
        ("d", "More latents cost more KL; the pixels still weigh next to nothing."),
    ),
)

chain = Exercise(
    expected="b",
    why="The step must shrink with the dimension; then a share of steps is accepted.",
    hints=("What does a step of size 1 in every coordinate do to the norm?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Tiny steps are nearly always accepted, in any dimension."),
        ("c", "With a fixed step the accepted share falls to nothing."),
        ("d", "To draw from a density one need not visit every corner of its space."),
    ),
)

blurry = Exercise(
    expected="b",
    why="Both show means, and the VAE's codes are noisy in addition.",
    hints=("The autoencoder has no noise, but it has few numbers, too.",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Twenty numbers cannot hold every edge, noise or not."),
        ("c", "The data's edges are sharper than those of either."),
        (
            "d",
            "Its likelihood of the pixels is the same; only noise and KL are missing.",
        ),
    ),
)

no_input = Exercise(
    expected="b",
    why="No picture goes in, but every sample starts from a code.",
    hints=("Decode the same z twice. Where could a second picture come from?",),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "By itself it is a function without an argument: it would draw nothing."),
        ("c", "Pictures are for the encoder, which generation leaves out."),
        ("d", "A code from the prior is an input, too."),
    ),
)
