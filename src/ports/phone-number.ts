// How telephone numbers are written between the parts of the product.

/** ITU-T E.164 with its plus sign: a country code and at most 15 digits in all. */
export const E164 = /^\+[1-9]\d{6,14}$/;
